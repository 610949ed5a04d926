"""Where to compute."""

import torch


def find_device(name: str) -> torch.device:
    """The device of that name; "auto" is a CUDA GPU where there is one, else the CPU.

    Raises:
        ValueError: if there is no such device here.
    """
    n_gpus = torch.cuda.device_count()
    known = ["cpu", *(["cuda"] if n_gpus else []), *(f"cuda:{index}" for index in range(n_gpus))]
    if name == "auto":
        return torch.device("cuda" if n_gpus else "cpu")
    if name not in known:
        raise ValueError(f"There is no device {name!r} on this machine: use auto or one of {', '.join(known)}.")
    return torch.device(name)
