"""What agents share: path integration, codes of position, fast weights and their learning rules."""
