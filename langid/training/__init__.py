"""Training of fastText language identification models: labelled text in; model, labels, figures and card out."""
