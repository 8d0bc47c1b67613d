//! Which cases a person asked for.

/// Globs over identities and names: kept by any of `keep` (all, if empty),
/// unless any of `drop` matches.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Globs of `--filter`.
    pub keep: Vec<String>,
    /// Globs of `--exclude`.
    pub drop: Vec<String>,
}
