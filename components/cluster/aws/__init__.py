"""An EKS cluster with everything under it; imported only by stacks on AWS: it takes a second."""
