"""One file a task: a builder of its worlds, and an environment that documents it."""
