"""From a cluster to a proposal: options, exact models, proofs, and the strategies that search."""
