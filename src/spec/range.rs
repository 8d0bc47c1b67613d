//! An expected range: `1-3 ms`, `< 0.5 ms`, `> 300`.

/// A range of times (ns) or of rates (per second); at least one end is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end, if any.
    pub lo: Option<f64>,
    /// Upper end, if any.
    pub hi: Option<f64>,
}
