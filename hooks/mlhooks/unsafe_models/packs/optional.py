"""Packs that are off unless asked for: their classes run much code of their own when they are given a state."""

from __future__ import annotations

from mlhooks.unsafe_models.packs.pack import Pack

PACKS = (
    Pack(
        "ultralytics",
        "YOLO checkpoints that hold the whole module.",
        False,
        """
object ultralytics.nn.modules: Bottleneck C2f Concat Conv DFL Detect SPPF
object ultralytics.nn.modules.block: ADown Attention BNContrastiveHead Bottleneck C2PSA C2f C2fAttn C3k C3k2
  ContrastiveHead DFL ImagePoolingAttn MaxSigmoidAttnBlock PSABlock Proto RepBottleneck RepCSP RepNCSPELAN4 SPPELAN SPPF
object ultralytics.nn.modules.conv: Concat Conv DWConv RepConv
object ultralytics.nn.modules.head: Detect Residual SAVPE Segment SwiGLUFFN WorldDetect YOLOESegment
object ultralytics.nn.tasks: DetectionModel SegmentationModel WorldModel YOLOESegModel
object ultralytics.utils: IterableSimpleNamespace
object ultralytics.utils.loss: BboxLoss
value ultralytics.utils.loss: v8DetectionLoss v8SegmentationLoss
object ultralytics.utils.tal: TaskAlignedAssigner
object ultralytics.yolo.utils: IterableSimpleNamespace
""",
    ),
    Pack(
        "yolov5",
        "As ultralytics. The top-level name `models` of a source tree stays unknown on purpose.",
        False,
        """
object yolov5.models.common: Bottleneck C3 Concat Conv SPPF
object yolov5.models.yolo: Detect DetectionModel
""",
    ),
    Pack(
        "flair",
        "Taggers with embedded transformer embeddings.",
        False,
        """
object flair.data: Dictionary
object flair.embeddings.token: TransformerWordEmbeddings
object flair.models.prefixed_tagger: EntityTypeTaskPromptAugmentationStrategy
object flair.optim: LinearSchedulerWithWarmup
object flair.training_utils: AnnealOnPlateau
""",
    ),
    Pack(
        "pyannote-omegaconf",
        "Speech models with configuration objects.",
        False,
        """
object omegaconf.base: ContainerMetadata Metadata
object omegaconf.dictconfig: DictConfig
object omegaconf.listconfig: ListConfig
object omegaconf.nodes: AnyNode
object pyannote.audio.core.model: Introspection
object pyannote.audio.core.task: Problem Resolution Specifications
""",
    ),
    Pack(
        "spacy",
        "Vocabularies, documents and pipelines.",
        False,
        """
object confection._config: Config
object spacy.lang.en: English
value spacy.lang.en.syntax_iterators: noun_chunks
object spacy.language: FactoryMeta
object spacy.lookups: Lookups
call spacy.morphology: unpickle_morphology
made spacy.pipeline.pipe: __pyx_unpickle_Pipe
value spacy.pipeline.sentencizer: Sentencizer
value spacy.pipeline.senter: senter_score
call spacy.strings: StringStore
call spacy.tokenizer: Tokenizer
call spacy.tokens.doc: unpickle_doc
object spacy.util: SimpleFrozenList
value spacy.util: raise_error
call spacy.vectors: unpickle_vectors
call spacy.vocab: unpickle_vocab
""",
    ),
    Pack(
        "keras",
        "A pickled Keras model: an archive in bytes.",
        False,
        """
value keras.src.models.sequential: Sequential Sequential._unpickle_model
call keras.src.saving.keras_saveable: KerasSaveable._unpickle_model
""",
    ),
    Pack(
        "transformers-models",
        "Whole models of transformers.",
        False,
        """
object transformers.activations: GELUActivation
object transformers.models.bert.configuration_bert: BertConfig
object transformers.models.bert.modeling_bert: BertAttention BertEmbeddings BertEncoder BertIntermediate BertLayer
  BertModel BertOutput BertPooler BertSelfAttention BertSelfOutput
""",
    ),
    Pack(
        "coqui-tts",
        "XTTS configuration.",
        False,
        """
object TTS.config.shared_configs: BaseDatasetConfig
object TTS.tts.configs.xtts_config: XttsConfig
object TTS.tts.models.xtts: XttsArgs XttsAudioConfig
""",
    ),
    Pack(
        "simpletransformers",
        "Argument dataclasses.",
        False,
        """
object simpletransformers.config.model_args: MultiLabelClassificationArgs NERArgs Seq2SeqArgs T5Args
""",
    ),
)
