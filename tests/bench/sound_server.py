"""A private PulseAudio for benchmarks: one silent device of four channels, a mono output n0…n3 for each."""
import os
import subprocess
import tempfile
import time
from pathlib import Path


class SoundServer:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        home = self.folder.name
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=home, HOME=home, PULSE_SERVER=f"unix:{home}/native",
                                DBUS_SESSION_BUS_ADDRESS="disabled:")
        command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--use-pid-file=no",
                   f"--load=module-native-protocol-unix auth-anonymous=1 socket={home}/native",
                   "--load=module-null-sink sink_name=ward rate=48000 format=s16le channels=4"
                   " channel_map=aux0,aux1,aux2,aux3"]
        command += [f"--load=module-remap-sink sink_name=n{i} master=ward channels=1 master_channel_map=aux{i}"
                    " channel_map=mono remix=no" for i in range(4)]
        self.log = open(Path(home, "log"), "w")
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        for _ in range(100):
            if "\tn3\t" in subprocess.run(["pactl", "list", "short", "sinks"], env=self.environment,
                                         capture_output=True, text=True).stdout:
                return self
            time.sleep(0.1)
        raise RuntimeError(Path(home, "log").read_text())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def capture(self, file):
        return subprocess.Popen(["parec", "-d", "ward.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=4",
                                 "--channel-map=aux0,aux1,aux2,aux3"], env=self.environment, stdout=open(file, "wb"))
