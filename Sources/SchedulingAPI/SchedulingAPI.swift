// SchedulingAPI
