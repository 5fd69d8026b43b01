// Area
