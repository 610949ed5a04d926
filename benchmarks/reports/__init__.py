"""From results to tables, figures, pages and the leaderboard."""
