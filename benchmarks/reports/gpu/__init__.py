"""What a GPU is asked when there is one: does it agree with the CPU, how fast is it, and what can it decide?"""
