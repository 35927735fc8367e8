def label(folder):
    pass
