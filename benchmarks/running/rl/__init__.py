"""Learners from reward on the views Predict and Explore, with stable-baselines3 (the extra `sb3`)."""

try:
    import sb3_contrib  # noqa: F401, which brings stable_baselines3
except ModuleNotFoundError as error:
    raise ValueError(
        'Learning from reward needs stable-baselines3 and sb3-contrib: pip install -e ".[train,sb3]" in the checkout'
    ) from error
