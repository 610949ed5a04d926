"""One short file of data for each claim of a paper, or question of ours."""
