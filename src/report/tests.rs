//! What reports look like: golden files of one report that holds everything.

mod fixture;
mod golden;
mod html;
mod props;
mod published;
