import { expect, test } from 'vitest';
import { encodePath, signedHeaders } from '../../artifacts/s3-signature.js';

test('a request is signed as the SDK signs it, whatever is in its name', () => {
  const path = `/bucket/${encodePath("runs/a b+'(x)*é/%41.json")}`;
  const credentials = { accessKeyId: 'AK', secretAccessKey: 'SK/+x', sessionToken: 'TOKEN' };
  const request = { method: 'PUT', host: 'h.example:99', path, body: 'hello', time: 1764139000000 };
  // Made with @smithy/signature-v4.
  expect(signedHeaders(request, credentials, 'eu-west-1')['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AK/20251126/eu-west-1/s3/aws4_request, ' +
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, ' +
      'Signature=6618c28dce6f6819983bfb02b6b35f3a4a5e0b9f068c2987a35a72e4ecf70c22',
  );
});
