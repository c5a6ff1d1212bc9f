/** The thread of delivery-reader.ts: files in, what the deliveries in them mean out. */
import { parentPort } from 'node:worker_threads';
import { readDeliveryFile, type DeliveryFile } from '../api/webhooks/read-delivery.ts';

parentPort?.on('message', (file: DeliveryFile) => parentPort?.postMessage(readDeliveryFile(file)));
parentPort?.postMessage('ready');
