//! Numbers from digests.

/// The first 64 bits of a digest, the same on every machine.
#[must_use]
pub fn leading_bits(digest: &blake3::Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
