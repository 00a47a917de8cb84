//! `.berthlint.yaml`: what the repository's owner knows and no workflow says.
