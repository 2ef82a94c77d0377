"""cardioprior: anatomical priors and learned latent codes in cardiac MR, from raw images to the papers' tables."""

__version__ = "0.1.0"
