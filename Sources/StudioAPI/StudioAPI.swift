// StudioAPI
