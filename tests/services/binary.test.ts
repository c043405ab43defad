import { expect, test } from 'vitest';
import { temporalBinary, temporalServerVersion, versitygwBinary } from '../../services/binary.js';
import { checksumOf } from '../../services/download-binary.js';

test('a Temporal CLI is accepted by the version of its server', () => {
  expect(temporalBinary.accepts('temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)')).toBe(true);
  expect(temporalBinary.accepts('temporal version 0.13.0 (Server 1.24.0, UI 2.26.2)')).toBe(false);
  expect(temporalBinary.accepts('something else')).toBe(false);
  expect(temporalServerVersion('1.5.1 (server 1.29.1)')).toBe('1.29.1');
});

test('a versitygw on PATH must say that it is 1.8 or later', () => {
  expect(versitygwBinary.accepts('Version  : 1.8.0\nBuild    : abc')).toBe(true);
  expect(versitygwBinary.accepts('Version  : v1.10.2')).toBe(true);
  expect(versitygwBinary.accepts('Version  : 1.7.3')).toBe(false);
  expect(versitygwBinary.accepts('Version  : git')).toBe(false);
});

test('archives are named as the releases name them', () => {
  expect(temporalBinary.archive('linux', 'x64')).toBe('temporal_cli_1.5.1_linux_amd64.tar.gz');
  expect(versitygwBinary.archive('darwin', 'arm64')).toBe('versitygw_v1.8.0_Darwin_arm64.tar.gz');
  expect(versitygwBinary.archive('win32', 'x64')).toBeUndefined();
});

test('a checksum is found by the whole name of its archive', () => {
  const hash = 'a'.repeat(64);
  const text = `${'b'.repeat(64)}  x_amd64.tar.gz.sbom\n${hash}  x_amd64.tar.gz\n`;
  expect(checksumOf(text, 'x_amd64.tar.gz')).toBe(hash);
  expect(checksumOf(text, 'amd64.tar.gz')).toBeUndefined();
});
