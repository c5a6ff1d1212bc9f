/** The thread of yaml-reader.ts: texts in, what they say or what is wrong with them out. */
import { parentPort } from 'node:worker_threads';
import { readLandfallYaml } from '../contracts/config/landfall-yaml.ts';

parentPort?.on('message', (text: string) => parentPort?.postMessage(readLandfallYaml(text)));
parentPort?.postMessage('ready');
