#include "audio/playout/gst_runtime.h"

#include <cstdlib>
#include <string>

#include <gst/gst.h>
#include <malloc.h>

#include "common/base/error.h"

namespace loa::playout {
namespace {

void load(const char* plugin) {
  if (GstPlugin* known = gst_registry_find_plugin(gst_registry_get(), plugin); known != nullptr) {
    gst_object_unref(known);
    return;
  }
  const std::string file = std::string{LOA_GST_PLUGIN_DIR} + "/libgst" + plugin + ".so";
  GError* error = nullptr;
  GstPlugin* loaded = gst_plugin_load_file(file.c_str(), &error);
  if (loaded == nullptr) {
    const std::string why = error != nullptr ? error->message : "unknown";
    g_clear_error(&error);
    throw Error("playout.no_plugin", {plugin, why});
  }
  gst_object_unref(loaded);
}

}  // namespace

void start_gstreamer(SinkKind kind) {
  if (gst_is_initialized() == FALSE) {
    ::setenv("GST_REGISTRY_DISABLE", "yes", 1);
    gst_registry_fork_set_enabled(FALSE);
    // Every streaming thread would get a heap of its own, up to eight per core, for a handful of small blocks.
    ::mallopt(M_ARENA_MAX, 2);
    GError* error = nullptr;
    if (gst_init_check(nullptr, nullptr, &error) == FALSE) {
      const std::string why = error != nullptr ? error->message : "unknown";
      g_clear_error(&error);
      throw Error("playout.no_plugin", {"gstreamer", why});
    }
  }
  load("app");
  if (kind == SinkKind::kPulse) load("pulseaudio");
  if (kind == SinkKind::kAlsa)
    for (const char* plugin : {"alsa", "audioconvert", "audioresample"}) load(plugin);
}

}  // namespace loa::playout
