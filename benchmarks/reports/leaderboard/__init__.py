"""One static page of a suite: who remembers what, how sure that is, and where each number comes from."""
