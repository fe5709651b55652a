/**
 * One outer step of a tensor of 16 Mi values from sixteen peers, in a process of its own: prints the bytes by which its memory
 * grew at most, and how many of them are the result. `node test/support/outer-step-memory.ts MOMENTUM`
 */
import { outerStep } from '#protocol/outer-step.ts';

const VALUES = 16 * 1024 * 1024;
const SPACING = 64;
const momentum = Number(process.argv[2]);

const tensor = () => new Float32Array(VALUES).fill(0.5);
const state = { parameters: [tensor()], momentum: momentum > 0 ? [tensor()] : [] };
const contributions = Array.from({ length: 16 }, (_, peer) => ({
  weight: 1,
  tensors: [
    {
      indices: new Uint32Array(VALUES / SPACING).map((_, i) => SPACING * i + peer),
      values: new Float32Array(VALUES / SPACING).fill(0.01),
    },
  ],
}));
const before = process.memoryUsage.rss();
const next = outerStep({ learningRate: 1, mean: 'senders', momentum }, state, contributions);
const grownBytes = 1024 * process.resourceUsage().maxRSS - before;
const resultBytes = [...next.parameters, ...next.momentum].reduce((sum, { byteLength }) => sum + byteLength, 0);
console.log(JSON.stringify({ grownBytes, resultBytes }));
