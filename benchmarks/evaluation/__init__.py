"""Evaluation: an agent's answers on walks, measurements of its units, and confidence intervals."""
