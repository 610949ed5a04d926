"""How walks are computed fast: many worlds at once, whole walks at a time."""
