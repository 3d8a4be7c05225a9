//! Every protocol: parse a request into the plan's vocabulary, render what the engine answers.

pub mod fault;
pub mod rest;
