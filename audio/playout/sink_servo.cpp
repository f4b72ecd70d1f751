#include "audio/playout/sink_servo.h"
namespace loa::playout {
bool SinkServo::observe(StationTime, nanoseconds) { return false; }
}
