//! The report as one page that needs nothing else: no network, no other file.
//!
//! The page's text, style and script are files of their own beside this one.
//! The cases travel in it as deflated JSON, so that ten thousand of them fit in
//! a few megabytes and no name in them can be markup; the script makes rows and
//! charts of what is looked at.

mod data;
mod page;

pub use page::write_html;
