"""The three flows of the product, each as its specification, on real gateways and workers."""
