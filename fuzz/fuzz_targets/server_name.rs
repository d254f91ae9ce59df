#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wellspring_fuzz::targets::server_name::run(data));
