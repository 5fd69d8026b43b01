/// Phantom types for `ID`: what an id may identify. Areas add their own beside their tables.
package enum Tenant {}
package enum Patient {}
package enum Practitioner {}
package enum Location {}
package enum User {}
package enum Need {}
package enum Conversation {}
package enum Message {}
package enum Appointment {}
package enum Event {}
package enum AuditRecord {}
package enum Blob {}
package enum SystemRun {}
package enum APIKey {}
/// The owner of one data key in the vault: a patient, an unknown caller's conversation, a user, the tenant itself.
package enum KeySubject {}
