#!/bin/sh
# Start the S3 server: write its identities from the environment, make the bucket, serve.
# Rules: keys come from the environment and lie in memory only; only the S3 port leaves the container, because the
# server's master, filer and volume ports ask nobody for a name; the viewer
# may read, and write nothing; the edge may read, and write only its own beacon.
set -eu
umask 077

for name in S3_BUCKET S3_PIPELINE_ACCESS_KEY S3_PIPELINE_SECRET_KEY S3_VIEWER_ACCESS_KEY S3_VIEWER_SECRET_KEY \
  S3_EDGE_ACCESS_KEY S3_EDGE_SECRET_KEY EDGE_DEVICE_ID; do
  eval "value=\${$name:-}"
  # Anything else could end the quoted text below, or widen a permission with a pattern.
  case "$value" in
    '' | *[!A-Za-z0-9._-]*) echo "$name: expected letters, digits, '.', '_' and '-', found none or others." >&2; exit 2 ;;
  esac
done

config="${S3_CONFIG_FILE:-/tmp/s3.json}"
cat > "$config" <<JSON
{"identities": [
  {"name": "pipeline",
   "credentials": [{"accessKey": "$S3_PIPELINE_ACCESS_KEY", "secretKey": "$S3_PIPELINE_SECRET_KEY"}],
   "actions": ["Read:$S3_BUCKET", "Write:$S3_BUCKET", "List:$S3_BUCKET"]},
  {"name": "viewer",
   "credentials": [{"accessKey": "$S3_VIEWER_ACCESS_KEY", "secretKey": "$S3_VIEWER_SECRET_KEY"}],
   "actions": ["Read:$S3_BUCKET", "List:$S3_BUCKET"]},
  {"name": "edge",
   "credentials": [{"accessKey": "$S3_EDGE_ACCESS_KEY", "secretKey": "$S3_EDGE_SECRET_KEY"}],
   "actions": ["Read:$S3_BUCKET", "List:$S3_BUCKET", "Write:$S3_BUCKET/fleet/$EDGE_DEVICE_ID/*"]}
]}
JSON

# The server's own parts trust each other by this key; it lives as long as the container.
WEED_JWT_FILER_SIGNING_KEY="$(head -c 32 /dev/urandom | base64)"
export WEED_JWT_FILER_SIGNING_KEY
unset S3_PIPELINE_ACCESS_KEY S3_PIPELINE_SECRET_KEY S3_VIEWER_ACCESS_KEY S3_VIEWER_SECRET_KEY
unset S3_EDGE_ACCESS_KEY S3_EDGE_SECRET_KEY

ready="${S3_READY_FILE:-/tmp/bucket-ready}"
rm -f "$ready"
(
  until echo s3.bucket.list | weed shell -master=127.0.0.1:9333 2>/dev/null | grep -qE "^ *$S3_BUCKET([[:space:]]|\$)"; do
    echo "s3.bucket.create -name $S3_BUCKET" | weed shell -master=127.0.0.1:9333 >/dev/null 2>&1 || true
    sleep 1
  done
  touch "$ready"
) &

exec weed -logtostderr=true server -dir=/data -filer -s3 \
  -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.ip.bind=0.0.0.0 -s3.port=8333 -s3.config="$config" \
  -s3.iam=false -s3.port.iceberg=0 -s3.port.lance=0 \
  -s3.autoCreateBucket=false -s3.allowDeleteBucketNotEmpty=false \
  -master.volumeSizeLimitMB=1024 -master.telemetry=false -volume.max=0
