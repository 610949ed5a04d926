// The page says all without this: it adds sorting by a click on a column's head, and a filter over all rows.
document.documentElement.classList.add("js");

const keyOf = (row, column) => {
  const cell = row.children[column];
  const text = cell.dataset.key ?? cell.textContent.trim();
  const number = Number.parseFloat(text);
  return Number.isNaN(number) ? text.toLowerCase() : number;
};

const compare = (a, b, falls) => {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1; // what is missing comes last, either way
  const rising = a < b ? -1 : a > b ? 1 : 0;
  return falls ? -rising : rising;
};

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(keyOf(a, column), keyOf(b, column), falls));
      table.tBodies[0].append(...rows);
    });
  });
}

const filter = document.getElementById("filter");
filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of document.querySelectorAll("tr[data-filter]")) {
    row.hidden = !words.every((word) => row.dataset.filter.toLowerCase().includes(word));
  }
});
