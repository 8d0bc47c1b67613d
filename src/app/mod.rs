//! The commands: the only room where rooms meet.
