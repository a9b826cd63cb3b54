"""Fine-tuning: rows in token ids, batches, what the machine offers, checkpoints, and the model that is saved."""
