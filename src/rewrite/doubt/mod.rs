//! What a fix cannot be sure of. Each file knows one reason for which a rewrite withholds its fix, or makes it unsafe.

pub(super) mod followed;
pub(super) mod hard_coded;
pub(super) mod helper;
pub(super) mod lasting;
pub(super) mod noticed;
pub(super) mod others_use;
mod own_address;
pub(super) mod powershell;
pub(super) mod same_run;
mod setting_files;
pub(super) mod settings;
pub(super) mod skipped;
pub(super) mod taken;
pub(super) mod unseen;
pub(super) mod values;
pub(super) mod whole;
pub(super) mod yaml_files;
