import { expect, test } from '@jest/globals';
import { believed, ownName } from '../../../cli/up/own-name.ts';

test('Landfall has a name on the ports for the web when its address is a name [B18][G7]', () => {
  const name = 'deploy.example.com';
  const at = (publicUrl: string, listen = '127.0.0.1:8080') => ownName(publicUrl, listen);
  expect(at(`https://${name}`)).toEqual({ host: name, address: '127.0.0.1', port: 8080 });
  expect(at(`https://Deploy.Example.com/`, '0.0.0.0:80')).toEqual({ host: name, address: '127.0.0.1', port: 80 });
  expect(at(`http://${name}`, '10.0.0.5:8080')).toEqual({ host: name, address: '10.0.0.5', port: 8080 });
  expect(at(`http://${name}`, 'localhost:8080')).toEqual({ host: name, address: '127.0.0.1', port: 8080 });
  for (const none of ['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'no address']) {
    expect(at(none)).toBeUndefined();
  }
});

test('Landfall believes the proxy in front of it, beside those that are given [F6]', () => {
  const own = { host: 'deploy.example.com', address: '127.0.0.1', port: 8080 };
  expect(believed('10.0.0.0/8', own)).toBe('10.0.0.0/8, 127.0.0.1');
  expect(believed(undefined, own)).toBe('127.0.0.1');
  expect(believed('10.0.0.0/8', undefined)).toBe('10.0.0.0/8');
});
