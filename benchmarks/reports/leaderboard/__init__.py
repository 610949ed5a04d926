"""The leaderboard, one static page of a suite: scores, confidence intervals, and where each number comes from."""
