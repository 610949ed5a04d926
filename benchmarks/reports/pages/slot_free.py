"""The tables of docs/slot-free-memory.md: which numbers stand beside which sentence."""

from benchmarks.reports.pages.numbers import Number, Numbers, of_agents, of_metrics

RETENTION, STRUCTURED, SEPARATION = "kwinner-retention", "kwinner-structured", "pattern-separation"
CASES, BEHIND, VALUES = "case-sequence", "case-sequence-behind", "case-sequence-values"
ALPHABETS, TUNED, RATES = "case-sequence-alphabets", "case-sequence-alphabets-tuned", "case-sequence-learning-rates"
CAPACITY = "slot-free-capacity"
BITS_CHANGED = (5, 10, 15, 20, 30)
BY_KEY = {4: "qk-projected", 8: "qk-strength-100"}  # of 16 letters no run gets to 99 %

TABLES = {
    "retention": Numbers(
        ("network", "accuracy, age 1", "raw difference, age 100", "d', age 50", "d', age 100", "d', age 500"),
        {
            title: [
                *of_metrics(RETENTION, network, "accuracy_full_1", "raw_difference_full_100"),
                *of_metrics(RETENTION, network, "d_prime_full_50", "d_prime_full_100", "d_prime_full_500", spec="±.1f"),
            ]
            for title, network in {
                "K-winner": "k-winner",
                "one-winner (slots)": "one-winner",
                "K-winner, fan-in .1": "k-winner-fan-in-0.1",
                "graded: one winner, learning rate .3": "graded",
                "K-winner, learning rate .1": "k-winner-slow",
            }.items()
        },
    ),
    "one-winner": Numbers(
        ("retrieved of a pattern that is not held", "measured", "exact", "the paper's approximation"),
        {
            f"{cues} cues": of_metrics(
                RETENTION,
                "one-winner",
                *(f"{prefix}baseline{of}_{cues}" for prefix, of in (("", ""), ("theory_", ""), ("theory_", "_paper"))),
            )
            for cues in ("full", "half")
        },
    ),
    "alike": Numbers(
        (
            "bits changed from parent to child",
            "mean similarity",
            "d', age 50",
            "d', age 300",
            "raw difference, age 50",
            "raw difference, age 300",
        ),
        {
            str(bits): [
                Number(STRUCTURED, f"k-winner-b{bits}", "similarity"),
                *of_metrics(
                    STRUCTURED,
                    f"k-winner-b{bits} - one-winner-b{bits}",
                    *(f"{measure}_full_{age}" for measure in ("d_prime", "raw_difference") for age in (50, 300)),
                    spec="±.2f",
                ),
            ]
            for bits in BITS_CHANGED
        },
    ),
    "matrices": Numbers(
        ("after patterns of similarity .45", "one matrix", "two matrices"),
        {
            "share of a random pattern retrieved (the authors': .36)": of_agents(
                STRUCTURED, "baseline_unstructured", "k-winner-b5", "k-winner-two-matrices-b5"
            )
        },
    ),
    "separation": Numbers(
        ("fixed layers below the memory", "overlap of patterns", "d', age 1", "d', age 50"),
        {
            title: [
                Number(experiment, network, overlap, "±.2f"),
                *of_metrics(experiment, network, "d_prime_full_1", "d_prime_full_50", spec="±.2f"),
            ]
            for title, (experiment, network, overlap) in {
                "none": (SEPARATION, "no-layer", "similarity"),
                "one": (SEPARATION, "one-layer", "similarity_above"),
                "two": (SEPARATION, "two-layers", "similarity_above"),
                "none, one-winner (slots)": (STRUCTURED, "one-winner-b5", "similarity"),
            }.items()
        },
    ),
    "cases-of-one-letter": Numbers(
        ("product of queries with keys of their letter", "lower case", "upper case"),
        {
            "`fixed-projected` (the paper: 2.58 and 2.90)": of_metrics(
                CASES, "fixed-projected", "QL_same_letter", "QU_same_letter", spec="±.2f"
            )
        },
    ),
    "gradients": Numbers(
        ("model", "updates to 99 %"),
        {
            title: [Number(experiment, model, "updates_to_99", "±,.0f")]
            for title, (experiment, model) in {
                "baseline, as published": (BEHIND, "baseline-published"),
                "baseline, exact gradient": (BEHIND, "baseline-exact"),
                "baseline, temperature and first weights of QK": (BEHIND, "baseline-fair"),
                "the same, with QK's learning rate too": (BEHIND, "baseline-fair-rate"),
                "QK": (BEHIND, "qk-projected"),
                "QK by item, W_K as fast as the rest (one run)": (RATES, "qk-by-item-l4-keys-1-at-0.005"),
            }.items()
        },
    ),
    "collisions": Numbers(
        ("model", "accuracy", "collisions in a sequence"),
        {
            title: of_metrics(BEHIND, model, "accuracy", "collisions", spec="±.2f")
            for title, model in {
                "MHN, projections of strength 1": "mhn-strength-1",
                "MHN, projections of strength 100": "mhn-strength-100",
                **{f"QK without projections, {n} hidden units": f"qk-hidden-{n}" for n in (4, 8, 16, 32)},
                "QK by item, 4 hidden units": "qk-by-item",
            }.items()
        },
    ),
    "order": Numbers(
        ("updates until it is half learnt", "case", "queries that meet keys", "letters whatever their case"),
        {
            "QK": of_metrics(
                CASES,
                "qk-projected",
                *(f"updates_to_half_{x}" for x in ("case", "alignment", "identity")),
                spec="±,.0f",
            )
        },
    ),
    "values": Numbers(
        ("W_V learns alone", "case held, 1 in theory", "offset of whole letters", "error of the values"),
        {
            title: of_metrics(VALUES, model, "value_case", "value_letter_offset", "value_error", spec="±.2f")
            for title, model in {
                "slots, 3 of 4 letters shown": "slots-of-3",
                "slots, 4 of 4": "slots-of-4",
                "no slots, by item, 4 hidden units": "mhn-by-item-of-4",
                "no slots, 8 hidden units": "mhn-of-4",
            }.items()
        },
    ),
    "alphabets": Numbers(
        (
            "letters",
            "accuracy of QK by item, the paper's rates",
            "baseline: updates to 99 %, own rates",
            "QK by item",
            "QK by key",
        ),
        {
            str(n): [
                Number(ALPHABETS, f"qk-by-item-l{n}", "accuracy", "±.2f") if n > 4 else None,
                *(
                    Number(TUNED, f"{model}-l{n}", "updates_to_99", "±,.0f") if model else None
                    for model in ("baseline", "qk-by-item", BY_KEY.get(n))
                ),
            ]
            for n in (4, 8, 16, 26)
        },
    ),
    "capacity": Numbers(
        ("memory", "loop closures predicted", "revisits predicted"),
        {
            title: of_metrics(CAPACITY, agent, "loop_closure", "revisit")
            for title, agent in {
                **{f"{n} hidden units": f"slot-free-{n}" for n in (32, 16, 8, 4)},
                "TEM-t, a slot for every step": "tem-t",
            }.items()
        },
    ),
}
