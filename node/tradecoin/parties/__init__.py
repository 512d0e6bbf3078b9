"""The parties that sign: services of their own, which read bank and chain themselves and believe nothing else."""
