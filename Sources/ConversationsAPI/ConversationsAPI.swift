// ConversationsAPI
