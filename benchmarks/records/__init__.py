"""What is kept of a run: its settings, folder, weights, predictions and result."""
