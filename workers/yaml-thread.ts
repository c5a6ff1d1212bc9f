/** The thread of yaml-reader.ts: texts in, what they say or what is wrong with them out. */
import { parentPort } from 'node:worker_threads';
import { readLandfallYaml } from '../contracts/config/landfall-yaml.ts';
import type { YamlToRead } from './yaml-reader.ts';

parentPort?.on('message', ({ text, names }: YamlToRead) => parentPort?.postMessage(readLandfallYaml(text, { names })));
parentPort?.postMessage('ready');
