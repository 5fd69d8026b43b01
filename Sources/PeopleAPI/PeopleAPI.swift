// PeopleAPI
