// Internal to common/crypto.
#pragma once

namespace loa::crypto {

// libsodium picks its generator and its fastest code once; everything that draws random octets calls this first. Aborts
// when the system has no source of randomness: nothing could be trusted then. Any thread.
void ensure_sodium();

}  // namespace loa::crypto
