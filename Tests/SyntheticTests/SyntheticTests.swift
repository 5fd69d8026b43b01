// Synthetic
