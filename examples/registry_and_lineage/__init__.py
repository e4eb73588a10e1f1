"""Which version of a model is where: in which stage, behind which endpoint, and from which run."""
