// GStreamer's start-up on a node: only the plugins that one sink needs, each by its own file. No registry, no scan, no
// helper process, nothing from plugins-bad: a node stays small, starts in milliseconds and runs only code we chose.
#pragma once

#include "audio/playout/sink_config.h"

namespace loa::playout {

// The main thread, before other threads exist for the first call (it sets environment variables that GStreamer reads).
// Later calls load what is still missing. Throws playout.no_plugin.
void start_gstreamer(SinkKind kind);

}  // namespace loa::playout
