"""How well the judge decides: false rollbacks, catches and delays on simulated and on real deployments."""
