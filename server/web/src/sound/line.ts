// The line of a live speech to the server.
import { Flow } from './speech';

export interface LineEvents {
  onReady: (onAirInMs: number, untilInMs: number) => void;
  onFlow: (flow: 'good' | 'slow') => void;
  onLost: () => void;
}

export class Line {
  private readonly socket: WebSocket;
  private readonly flow = new Flow(performance.now());
  private isOver = false;

  constructor(play: string, private readonly events: LineEvents) {
    this.socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/air/${play}/microphone`);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = ({ data }) => {
      const told = JSON.parse(String(data)) as { on_air_in_ms?: number; until_in_ms?: number };
      if (told.on_air_in_ms !== undefined && told.until_in_ms !== undefined) events.onReady(told.on_air_in_ms, told.until_in_ms);
    };
    this.socket.onclose = () => this.lose();
  }

  send = (message: Uint8Array<ArrayBuffer>) => {
    if (this.isOver || this.socket.readyState !== WebSocket.OPEN) return;
    const flow = this.flow.judge(this.socket.bufferedAmount, performance.now());
    if (flow === 'broken') return this.lose();
    this.events.onFlow(flow);
    if (flow === 'good') this.socket.send(message);
  };

  close() {
    this.isOver = true;
    this.socket.close();
  }

  private lose() {
    if (this.isOver) return;
    this.close();
    this.events.onLost();
  }
}
