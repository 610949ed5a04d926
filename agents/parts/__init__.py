"""Parts that agents share: path integration, position codes, fast weights and their learning rules."""
