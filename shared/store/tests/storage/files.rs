//! Bytes lie under their workspace, and signed addresses carry what they promise.

use bytes::Bytes;
use colibri_domain::{FileId, Millis, WorkspaceId};
use colibri_store::{File, FileState};
use colibri_testing::TestBucket;

#[tokio::test]
async fn bytes_lie_under_their_workspace() {
    let bucket = TestBucket::new();
    let (files, ws, id) = (bucket.files(), WorkspaceId::from_unique("1"), FileId::from_unique("a"));
    assert_eq!(files.size(&ws, &id).await.unwrap(), None);
    files.write(&ws, &id, "image/png", Bytes::from_static(b"0123456789")).await.unwrap();
    assert_eq!(bucket.names(), ["W/ws_1/file_a"]);
    assert_eq!(files.size(&ws, &id).await.unwrap(), Some(10));
    assert_eq!(files.read(&ws, &id).await.unwrap(), "0123456789");
    assert_eq!(files.read_start(&ws, &id, 4).await.unwrap(), "0123");
    assert!(files.read(&WorkspaceId::from_unique("2"), &id).await.is_err());
}

#[tokio::test]
async fn signed_addresses_bind_type_length_and_name() {
    let bucket = TestBucket::new();
    let (files, ws, id) = (bucket.files(), WorkspaceId::from_unique("1"), FileId::from_unique("a"));
    let signed = files.sign_upload(&ws, &id, "image/png", 10).await.unwrap();
    assert_eq!(signed.headers.get("content-type").map(String::as_str), Some("image/png"));
    let names = signed.url.split("X-Amz-SignedHeaders=").nth(1).unwrap();
    assert!(names.contains("content-length") && names.contains("content-type"), "{names}");
    assert!(signed.url.contains("X-Amz-Expires=300"));
    bucket.upload(&signed, "0123456789");
    assert_eq!(files.size(&ws, &id).await.unwrap(), Some(10));
    let file = File {
        id,
        name: "lista; de \"precios\".pdf".into(),
        mime_type: "application/pdf".into(),
        size: 10,
        state: FileState::Ready,
        uploaded_by: None,
        created_at: Millis(0),
        inline: false,
        width: None,
        height: None,
        duration_ms: None,
        waveform: None,
    };
    let url = files.sign_download(&ws, &file, true).await.unwrap();
    assert!(url.contains("response-content-type=application%2Fpdf") && url.contains("attachment"), "{url}");
    assert!(!url.contains("%3B%20de"), "a name cannot add to the header: {url}");
}

#[tokio::test]
async fn a_long_export_is_joined_from_parts_and_a_short_one_is_one_write() {
    const MIB: usize = 1_048_576;
    let bucket = TestBucket::new();
    let (files, ws) = (bucket.files(), WorkspaceId::from_unique("1"));
    let pieces: Vec<Vec<u8>> =
        (0..5_u8).map(|letter| vec![b'a' + letter; 3 * MIB + usize::from(letter)]).collect();
    let mut long = files.begin_export(&ws, "exp_1.csv");
    for piece in &pieces {
        long.append(piece).await.unwrap();
    }
    assert_eq!(bucket.names(), Vec::<String>::new(), "nothing is to be seen of it before its end");
    assert_eq!(long.finish().await.unwrap(), 15 * MIB as u64 + 10);
    let object = bucket.object("X/ws_1/exp_1.csv").unwrap();
    assert_eq!(object.mime_type, "text/csv; charset=utf-8");
    assert!(object.bytes == pieces.concat());

    let mut short = files.begin_export(&ws, "exp_1.csv");
    short.append(b"a;b").await.unwrap();
    assert_eq!(short.finish().await.unwrap(), 3);
    assert_eq!(files.read_export(&ws, "exp_1.csv").await.unwrap(), "a;b");
}
